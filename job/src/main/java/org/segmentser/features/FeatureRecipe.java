package org.segmentser.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.segmentser.BuildInfo;
import org.segmentser.Sha256;
import org.segmentser.segment.ClipSettings;
import org.segmentser.segment.Patch;
import org.segmentser.source.Clip;

/**
 * What features are computed from, and how.
 *
 * @param clips the audio
 * @param settings how the clips are read and cut
 * @param network whose output the features are; null if they are the log-mel patches
 */
record FeatureRecipe(List<Clip> clips, ClipSettings settings, NetworkFeatures network) {
  /** Changes with what is stored, and with what would be computed from the same audio. */
  private static final int FORMAT = 4;

  private static final int KEY_DIGITS = 16;
  private static final ObjectWriter JSON = new JsonMapper().writerWithDefaultPrettyPrinter();

  /** Numbers per row. */
  int width() {
    return network == null ? Patch.FRAMES * Patch.BANDS : network.width();
  }

  /** Names the features: the same for the same content, and for no other. */
  String key() {
    Sha256 sha = new Sha256().add(json(content()));
    clips.forEach(clip -> sha.add(json(content(clip))));
    return "features-" + sha.hex().substring(0, KEY_DIGITS);
  }

  /**
   * A clip whose audio may have changed without another {@link #key}, as nothing tells when it was
   * modified; empty if there is none.
   */
  Optional<Clip> undated() {
    return clips.stream()
        .filter(clip -> clip.unreadable() == null)
        .filter(clip -> clip.modifiedMs() == null || clip.modifiedMs() == 0)
        .findFirst();
  }

  /** A description for whoever finds the features on a disk. */
  String toJson() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put(
        "description",
        "Features of the segments of audio clips, kept by segment-ser so that the audio is decoded"
            + " only once; they may be deleted.");
    facts.putAll(content());
    facts.put("clips", clips.size());
    facts.put("first_clip", clips.isEmpty() ? null : clips.get(0).uri());
    facts.put("version", BuildInfo.VERSION);
    facts.put("commit", BuildInfo.COMMIT);
    return json(facts);
  }

  /** Everything but the clips that decides the content. */
  private Map<String, Object> content() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("format", FORMAT);
    facts.put(
        "features",
        network == null ? "log-mel patches" : network.output().name().toLowerCase(Locale.ROOT));
    facts.put("model_id", network == null ? null : network.model().spec().modelId());
    facts.put("width", width());
    facts.put("segmentation", settings.segmentation().mode().label());
    facts.put("hop_frames", settings.segmentation().hopFrames());
    facts.put("speech", settings.speech().mode().label());
    facts.put("min_speech", settings.speech().min());
    facts.put("condition", settings.condition().label());
    facts.put("max_duration_s", settings.maxDurationS());
    facts.put("clip_timeout_s", settings.timeoutS());
    return facts;
  }

  private static Map<String, Object> content(Clip clip) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("id", clip.id());
    facts.put("uri", clip.uri());
    facts.put("offset", clip.location().offset());
    facts.put("bytes", clip.bytes());
    facts.put("member", clip.location().member());
    facts.put("row", clip.location().row());
    facts.put("modifiedMs", clip.modifiedMs());
    facts.put("startS", clip.startS());
    facts.put("endS", clip.endS());
    facts.put("channels", clip.channels() == null ? null : clip.channels().toString());
    facts.put("unreadable", clip.unreadable());
    facts.put("kept", clip.kept());
    return facts;
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}

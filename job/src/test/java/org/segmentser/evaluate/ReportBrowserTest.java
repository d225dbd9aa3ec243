package org.segmentser.evaluate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report as Chromium shows it; skipped where there is none. */
class ReportBrowserTest {
  /** Where the pictures of the full report stay, to be looked at. */
  private static final Path PICTURES = Path.of("target", "report");

  private static final String CATCH_ERRORS =
      "<script>var failures = [];"
          + "addEventListener('error', e => failures.push(e.message));"
          + "addEventListener('securitypolicyviolation', e => failures.push(e.blockedURI));"
          + "</script>";

  /** Reads the page in a frame of a phone's width, as no window can be so narrow. */
  private static final String MEASURE =
      """
      <script>
      const frame = document.createElement('iframe');
      frame.style.cssText = 'width:360px;height:800px';
      const bytes = Uint8Array.from(
        atob(document.querySelector('#page').textContent), c => c.charCodeAt(0));
      frame.srcdoc = new TextDecoder().decode(bytes);
      frame.onload = () => {
        const page = frame.contentDocument;
        page.querySelectorAll('details').forEach(d => d.open = true);
        const charts = [...page.querySelectorAll('.chart')];
        document.body.textContent = 'PROBE' + JSON.stringify({
          failures: frame.contentWindow.failures,
          title: page.title,
          sections: [...page.querySelectorAll('h2')].map(h => h.textContent),
          charts: charts.length,
          drawn: charts.filter(c => c.querySelectorAll('svg path, svg text').length > 2).length,
          described: charts.filter(c => c.getAttribute('aria-label')).length,
          images: page.querySelectorAll('img').length,
          told: page.querySelector('.trained-on')?.textContent ?? null,
          heading: page.querySelector('h1').textContent,
          headingLines: Math.round(page.querySelector('h1').getBoundingClientRect().height
            / parseFloat(frame.contentWindow.getComputedStyle(page.querySelector('h1')).lineHeight)),
          errors: [...page.querySelectorAll('.errors li')].map(e =>
            ({ name: e.querySelector('h3').textContent, text: e.textContent })),
          axes: charts.flatMap(c => [...c.querySelectorAll('svg text')].map(t => t.textContent)),
          width: frame.contentWindow.innerWidth,
          scrollWidth: page.documentElement.scrollWidth,
        }) + 'END';
      };
      document.body.append(frame);
      </script>
      """;

  @TempDir Path folder;

  @Test
  void everythingIsDrawnOnAPhone() throws Exception {
    JsonNode page = probe(Reports.full());
    assertThat(page.get("failures")).isEmpty();
    assertThat(page.get("title").asText()).endsWith(Reports.NASTY);
    assertThat(page.get("sections").toString())
        .contains(
            "Accuracy",
            "Confusion",
            "Emotions",
            "Reliability",
            "Corpora",
            "Sexes",
            "Ages",
            "Speakers",
            "Sessions",
            "Folds",
            "Conditions",
            "Loss in training",
            "Accuracy in training",
            "Worst errors");
    assertThat(page.get("charts").asInt()).isEqualTo(14);
    assertThat(page.get("drawn").asInt()).isEqualTo(14);
    assertThat(page.get("described").asInt()).isEqualTo(14);
    assertThat(page.get("images").asInt()).isZero();
    assertThat(page.get("told").asText())
        .isEqualTo("The model was trained on 30 of these 300 clips.");
    // The clips of each speaker, session and fold are counted where they are drawn.
    assertThat(page.get("axes").toString())
        .contains(
            "\"studio/03 (30)\"",
            "\"studio (120)\"",
            "\"female (150)\"",
            "\"street/first (30)\"",
            "\"fold 9 (30)\"");
    assertThat(page.get("width").asInt()).isEqualTo(360);
    assertThat(page.get("scrollWidth").asInt()).isLessThanOrEqualTo(360);
  }

  @Test
  void anErrorIsCalledByItsFileAndHasItsUriOnce() throws Exception {
    JsonNode page = probe(Reports.ofLongPaths());
    assertThat(page.get("failures")).isEmpty();
    assertThat(page.get("heading").asText()).isEqualTo("Emotion recognition on calls.csv");
    assertThat(page.get("headingLines").asInt()).isLessThanOrEqualTo(2);
    assertThat(page.get("scrollWidth").asInt()).isLessThanOrEqualTo(360);
    JsonNode error = page.get("errors").get(0);
    assertThat(error.get("name").asText()).isEqualTo("call 7.wav");
    assertThat(error.get("text").asText().split(Reports.LONG_PATH, -1)).hasSize(2);
    assertThat(page.get("errors").get(1).get("name").asText()).isEqualTo("call-8");
    assertThat(page.get("errors").get(1).get("text").asText()).contains(Reports.LONG_PATH);
  }

  @Test
  void theSmallestReportIsDrawnToo() throws Exception {
    JsonNode page = probe(Reports.smallest());
    assertThat(page.get("failures")).isEmpty();
    assertThat(page.get("told").isNull()).isTrue();
    assertThat(page.get("charts").asInt()).isEqualTo(4);
    assertThat(page.get("drawn").asInt()).isEqualTo(4);
    assertThat(page.get("sections").toString())
        .doesNotContain("Speakers", "Conditions", "Corpora", "Sexes", "Ages");
  }

  @Test
  void itIsPicturedAndPrinted() throws Exception {
    Files.createDirectories(PICTURES);
    Path html = PICTURES.resolve("report.html").toAbsolutePath();
    Files.writeString(html, Reports.full());
    Path phone = folder.resolve("phone.html");
    Files.writeString(
        phone,
        "<body style='margin:0'><iframe style='border:0;width:360px;height:7400px' src='%s'></iframe>"
            .formatted(html.toUri()));
    String wide = "--window-size=1280,4300";
    picture("wide.png", html, "--screenshot=", wide);
    picture("dark.png", html, "--screenshot=", wide, "--blink-settings=preferredColorScheme=0");
    picture("phone.png", phone, "--screenshot=", "--window-size=500,7400");
    picture("report.pdf", html, "--print-to-pdf=", "--no-pdf-header-footer");
  }

  private void picture(String name, Path page, String kind, String... options) throws Exception {
    Path file = PICTURES.resolve(name).toAbsolutePath();
    Files.deleteIfExists(file);
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.add(kind + file);
    arguments.add(page.toString());
    chromium(arguments);
    assertThat(file).isNotEmptyFile();
  }

  /** What a page of a phone's width turns out to be. */
  private JsonNode probe(String html) throws Exception {
    String page = html.replaceFirst("<head>", "<head>" + CATCH_ERRORS);
    Path file = folder.resolve("probe.html");
    Files.writeString(
        file,
        "<!DOCTYPE html><meta charset=utf-8><body><script type='text/plain' id='page'>"
            + Base64.getEncoder().encodeToString(page.getBytes(UTF_8))
            + "</script>"
            + MEASURE);
    Matcher found =
        Pattern.compile("PROBE(.*)END", Pattern.DOTALL)
            .matcher(chromium(List.of("--dump-dom", file.toString())));
    assertThat(found.find()).isTrue();
    String json = found.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    return new JsonMapper().readTree(json);
  }

  /** Runs Chromium on a page, and returns what it printed. */
  private String chromium(List<String> arguments) throws IOException, InterruptedException {
    Path executable = executable();
    List<String> command =
        new ArrayList<>(
            List.of(
                executable.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--user-data-dir=" + folder.resolve("profile"),
                "--virtual-time-budget=5000"));
    command.addAll(arguments);
    Path out = folder.resolve("out");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends in time").isTrue();
      return Files.readString(out);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static Path executable() {
    String path = System.getenv().getOrDefault("PATH", "");
    Path found =
        Arrays.stream(path.split(File.pathSeparator))
            .map(folder -> Path.of(folder, "chromium"))
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(null);
    assumeTrue(found != null, "skipped: no chromium on the PATH");
    return found;
  }
}

package org.segmentser.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.util.stream.Collectors;
import org.segmentser.Json;
import org.segmentser.model.ModelSpec.Architecture;

/** Reads {@value ModelSpec#FILE_NAME}, whose family decides how its architecture is read. */
final class ModelJson {
  private ModelJson() {}

  /**
   * Reads a description.
   *
   * @param json UTF-8
   * @throws ModelException if it is not one, with the place or the field; if its family is unknown
   */
  static ModelSpec read(byte[] json) {
    try {
      ModelFamily family = ModelFamily.named(familyName(Json.MAPPER.readTree(json)));
      ModelSpec spec = mapper(family).readValue(json, ModelSpec.class);
      if (spec == null) {
        throw new ModelException(ModelSpec.FILE_NAME + " is empty");
      }
      return spec;
    } catch (JsonProcessingException e) {
      throw broken(e);
    } catch (IOException e) {
      throw new ModelException(ModelSpec.FILE_NAME + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static String familyName(JsonNode description) {
    return description.hasNonNull("family")
        ? description.get("family").asText()
        : ModelSpec.DEFAULT_FAMILY;
  }

  private static JsonMapper mapper(ModelFamily family) {
    SimpleModule module = new SimpleModule();
    module.addAbstractTypeMapping(Architecture.class, family.architecture());
    return Json.MAPPER.rebuild().addModule(module).build();
  }

  private static ModelException broken(JsonProcessingException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ModelException invalid) {
        return invalid;
      }
    }
    String place =
        e.getLocation() == null
            ? ""
            : " at line "
                + e.getLocation().getLineNr()
                + ", column "
                + e.getLocation().getColumnNr();
    String field =
        e instanceof JsonMappingException mapping
            ? mapping.getPath().stream()
                .map(step -> step.getFieldName() == null ? "[]" : step.getFieldName())
                .collect(Collectors.joining("."))
            : "";
    String problem = e.getOriginalMessage().lines().findFirst().orElse("not JSON");
    return new ModelException(
        ModelSpec.FILE_NAME
            + " is broken"
            + place
            + (field.isEmpty() ? "" : ", field " + field)
            + ": "
            + problem,
        e);
  }
}

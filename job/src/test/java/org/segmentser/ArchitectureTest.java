package org.segmentser;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Plain Java comes first, and Spark stays at the edge. */
@AnalyzeClasses(
    packages = "org.segmentser",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {
  /** Leaves out the tests of the other module, which come as a jar once that is packaged. */
  static final class NoTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  /** The rooms, from the ground up, and the rooms below that each may use; `cli` may use all. */
  private static final Map<String, Set<String>> ROOMS =
      Map.ofEntries(
          entry("dsp", Set.of()),
          entry("audio", Set.of("dsp")),
          entry("speech", Set.of("dsp")),
          entry("segment", Set.of("audio", "dsp", "speech")),
          entry("udf", Set.of("audio", "segment")),
          entry("model", Set.of("dsp", "segment", "metrics")),
          entry("network", Set.of("audio", "segment", "model")),
          entry("official", Set.of("segment", "model", "network")),
          entry("source", Set.of("audio", "segment", "udf")),
          entry("metrics", Set.of("audio")),
          entry("tables", Set.of("audio", "segment", "udf", "source", "metrics")),
          entry(
              "flow",
              Set.of("audio", "dsp", "segment", "udf", "model", "source", "metrics", "tables")),
          entry("score", Set.of("segment", "udf", "model", "source", "metrics", "tables", "flow")),
          entry("corpus", Set.of("audio", "segment", "source", "metrics")),
          entry(
              "features",
              Set.of("audio", "segment", "model", "source", "metrics", "tables", "flow", "corpus")),
          entry(
              "train",
              Set.of(
                  "dsp", "audio", "segment", "model", "network", "metrics", "corpus", "features")),
          entry(
              "evaluate",
              Set.of(
                  "audio",
                  "segment",
                  "model",
                  "network",
                  "metrics",
                  "flow",
                  "corpus",
                  "features",
                  "train")),
          entry("sql", Set.of()));

  @ArchTest
  static void roomsUseOnlyRoomsBelowThem(JavaClasses classes) {
    ROOMS.forEach(
        (room, below) -> {
          String[] others =
              Stream.concat(ROOMS.keySet().stream(), Stream.of("cli"))
                  .filter(other -> !other.equals(room) && !below.contains(other))
                  .map(other -> "org.segmentser." + other)
                  .toArray(String[]::new);
          noClasses()
              .that()
              .resideInAPackage("org.segmentser." + room)
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(others)
              .check(classes);
        });
  }

  @ArchTest
  static void everyClassIsInARoom(JavaClasses classes) {
    classes()
        .that()
        // Benchmarks come with the tests' jar of the other module.
        .resideOutsideOfPackage("org.segmentser.bench..")
        .should()
        .resideInAnyPackage(
            Stream.concat(
                    Stream.of("org.segmentser", "org.segmentser.cli"),
                    ROOMS.keySet().stream().map(room -> "org.segmentser." + room))
                .toArray(String[]::new))
        .check(classes);
  }

  @ArchTest
  static final ArchRule plainJavaKnowsNoSpark =
      noClasses()
          .that()
          .resideInAnyPackage(
              "org.segmentser.audio",
              "org.segmentser.dsp",
              "org.segmentser.speech",
              "org.segmentser.segment",
              "org.segmentser.model",
              "org.segmentser.network",
              "org.segmentser.official",
              "org.segmentser.metrics")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "scala..");

  /** What scores and decodes is tested without Spark; a thin class around it is Spark's side. */
  @ArchTest
  static final ArchRule scoringIsPlainJava =
      noClasses()
          .that()
          .haveFullyQualifiedName("org.segmentser.flow.Scoring")
          .or()
          .haveNameMatching("org.segmentser.flow.(BatchedPredictions|DecodedClips|DecodedChunk).*")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "scala..");

  @ArchTest
  static final ArchRule onlyJobsAndTasksOfLearningKnowSpark =
      noClasses()
          .that()
          .resideInAnyPackage("org.segmentser.train", "org.segmentser.evaluate")
          .and()
          .haveNameNotMatching(".*(Job|Task)(\\$.*)?")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "scala..");

  @ArchTest
  static final ArchRule signalsKnowNoHadoop =
      noClasses()
          .that()
          .resideInAnyPackage(
              "org.segmentser.audio",
              "org.segmentser.dsp",
              "org.segmentser.speech",
              "org.segmentser.segment",
              "org.segmentser.metrics")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.hadoop..");

  @ArchTest
  static final ArchRule onlyTheNetworkKnowsTensorFlow =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.segmentser.network")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.tensorflow..");

  /** All others know only {@code model}, whose families are found at run time. */
  @ArchTest
  static final ArchRule onlyLearningAndTheOfficialModelKnowTheNetwork =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.segmentser.network",
              "org.segmentser.official",
              "org.segmentser.train",
              "org.segmentser.evaluate",
              "org.segmentser.cli")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.segmentser.network");

  @ArchTest
  static final ArchRule filesOfTheModelRoomsDoNotGoInCircles =
      slices()
          .assignedFrom(new Files("org.segmentser.(model|network|official)"))
          .should()
          .beFreeOfCycles();

  /** A class with those nested in it, in some packages. */
  private record Files(String packages) implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return type.getPackageName().matches(packages)
          ? SliceIdentifier.of(type.getFullName().replaceFirst("\\$.*", ""))
          : SliceIdentifier.ignore();
    }

    @Override
    public String getDescription() {
      return "files of " + packages;
    }
  }

  @ArchTest
  static final ArchRule onlyAudioKnowsFfmpeg =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.segmentser.audio")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bytedeco.ffmpeg..");

  @ArchTest
  static final ArchRule fileSystemsComeFromOnePlace =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.segmentser.udf")
          .and()
          .doNotHaveFullyQualifiedName("org.segmentser.FileSystems")
          .should()
          .callMethodWhere(
              target(owner(assignableTo("org.apache.hadoop.fs.Path")))
                  .and(target(name("getFileSystem"))))
          .orShould()
          .callMethodWhere(
              target(owner(assignableTo("org.apache.hadoop.fs.FileSystem")))
                  .and(target(nameMatching("get|newInstance|getLocal"))));

  @ArchTest
  static final ArchRule roomsDoNotGoInCircles =
      slices().matching("org.segmentser.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyMainEndsTheProcess =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("org.segmentser.cli.Main")
          .should()
          .callMethod(System.class, "exit", int.class);
}

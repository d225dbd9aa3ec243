package org.segmentser.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StatementsTest {
  @Test
  void splitsAtSemicolonsOutsideQuotesAndComments() {
    assertThat(
            Statements.split(
                "SELECT ';', \"a;b\", `c;d`, 'it\\'s;' -- no; split\n FROM t /* ; */ ;\n\n SELECT 2"))
        .containsExactly(
            "SELECT ';', \"a;b\", `c;d`, 'it\\'s;' -- no; split\n FROM t /* ; */", "SELECT 2");
  }

  @Test
  void leavesOutWhatIsEmptyOrOnlyComment() {
    assertThat(Statements.split(" ; ; -- nothing\n ; /* nothing */ ")).isEmpty();
  }

  @Test
  void knowsNestedCommentsAndRawStrings() {
    assertThat(Statements.split("SELECT /* a /* b; */ c; */ 1; SELECT r'\\', R\";\\\" ; SELECT 3"))
        .containsExactly("SELECT /* a /* b; */ c; */ 1", "SELECT r'\\', R\";\\\"", "SELECT 3");
    assertThat(Statements.split("SELECT 'it''s;', `a``;\\`; SELECT '\uD83D\uDE42;'; SELECT 3"))
        .containsExactly("SELECT 'it''s;', `a``;\\`", "SELECT '\uD83D\uDE42;'", "SELECT 3");
  }

  @Test
  void whatDoesNotEndGoesToSparkAsItIs() {
    assertThat(Statements.split("SELECT 1; SELECT 'open; SELECT 2;"))
        .containsExactly("SELECT 1", "SELECT 'open; SELECT 2;");
    assertThat(Statements.split("SELECT 1; /* open; SELECT 2;"))
        .containsExactly("SELECT 1", "/* open; SELECT 2;");
    assertThat(Statements.isComplete("SELECT 1; /* open; SELECT 2;")).isFalse();
  }

  @Test
  void knowsPlacesFromValues() {
    assertThat(Statements.places("SELECT `a b` FROM parquet.`s3a://k:s@b/x` WHERE uri = 's3a://b'"))
        .containsExactly("a b", "s3a://k:s@b/x");
    assertThat(
            Statements.places(
                "CREATE TEMPORARY VIEW v USING csv OPTIONS (path = \"s3a://a\", sep ',')"))
        .containsExactly("s3a://a");
    assertThat(Statements.places("CREATE TABLE t (path STRING) USING parquet LOCATION 's3a://c'"))
        .containsExactly("s3a://c");
    assertThat(Statements.places("SELECT 'path', path FROM clips WHERE status = 'scored'"))
        .isEmpty();
  }

  @Test
  void knowsWhenAStatementIsComplete() {
    assertThat(Statements.isComplete("SELECT 1;")).isTrue();
    assertThat(Statements.isComplete("SELECT 1; -- done")).isTrue();
    assertThat(Statements.isComplete("SELECT ';")).isFalse();
    assertThat(Statements.isComplete("SELECT r'\\';")).isTrue();
    assertThat(Statements.isComplete("SELECT 1 /* a /* b */ ;")).isFalse();
    assertThat(Statements.isComplete(" -- nothing")).isFalse();
    assertThat(Statements.isComplete("SELECT 1; SELECT 2")).isFalse();
    assertThat(Statements.isComplete("SELECT 1 -- ;")).isFalse();
  }
}

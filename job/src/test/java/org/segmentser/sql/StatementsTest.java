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
  void knowsWhenAStatementIsComplete() {
    assertThat(Statements.isComplete("SELECT 1;")).isTrue();
    assertThat(Statements.isComplete("SELECT 1; -- done")).isTrue();
    assertThat(Statements.isComplete("SELECT ';")).isFalse();
    assertThat(Statements.isComplete("SELECT 1; SELECT 2")).isFalse();
    assertThat(Statements.isComplete("SELECT 1 -- ;")).isFalse();
  }
}

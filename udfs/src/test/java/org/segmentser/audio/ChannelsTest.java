package org.segmentser.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class ChannelsTest {
  private static final Channels NAMED = Channels.of(List.of("agent", "customer", "supervisor"));

  @Test
  void someAreListenedToInTheOrderOfTheRecording() throws AudioException {
    assertThat(NAMED.only(List.of("supervisor", "agent", "agent")).of(3)).containsExactly(0, 2);
    assertThat(Channels.EACH.only(List.of("1", "0")).of(4)).containsExactly(0, 1);
    assertThat(Channels.EACH.of(2)).containsExactly(0, 1);
    assertThat(Channels.MIX.of(2)).isNull();
    assertThat(NAMED.party(1)).isEqualTo("customer");
    assertThat(Channels.EACH.party(1)).isNull();
  }

  @Test
  void unknownOnesAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NAMED.only(List.of("client")))
        .withMessage(
            "--only is 'client', which is none of the --channels agent, customer, supervisor");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Channels.EACH.only(List.of("agent")))
        .withMessage(
            "--only is 'agent'; with --channels each it must be a channel's number, counted from"
                + " 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Channels.MIX.only(List.of("0")))
        .withMessageStartingWith("--only goes with --channels each or names");
  }
}

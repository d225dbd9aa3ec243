package org.segmentser.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.segmentser.network.TrainableModel.Batch;

@Timeout(60)
class BatchesAheadTest {
  private final Set<Integer> made = new ConcurrentSkipListSet<>();

  /** A batch that tells its index. */
  private Batch batch(int index) {
    made.add(index);
    return new Batch(new float[] {index}, new float[1], new float[1]);
  }

  /** They may take a moment to end after they have stopped working. */
  @AfterEach
  void noThreadIsLeft() throws InterruptedException {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("training-batches")) {
        thread.join(10_000);
        assertThat(thread.isAlive()).isFalse();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void batchesComeInTheirOrderWhicheverIsMadeFirst(int threads) {
    CountDownLatch second = new CountDownLatch(threads > 1 ? 1 : 0);
    try (BatchesAhead ahead =
        new BatchesAhead(
            index -> {
              if (index == 0) {
                await(second);
              } else {
                second.countDown();
              }
              return batch(index);
            },
            40,
            threads)) {
      for (int i = 0; i < 40; i++) {
        assertThat(ahead.next().inputs()).containsExactly(i);
        assertThat(made).allMatch(within(i + 2 + threads));
      }
    }
    assertThat(made).hasSize(40);
  }

  private static Predicate<Integer> within(int end) {
    return index -> index < end;
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatAMakerThrowsIsThrownInItsTurnAsItIs() {
    RuntimeException exception = new IllegalArgumentException("broken");
    Error error = new OutOfMemoryError("full");
    for (Throwable thrown : new Throwable[] {exception, error}) {
      try (BatchesAhead ahead =
          new BatchesAhead(
              index -> {
                if (index == 1) {
                  throw thrown instanceof Error e ? sneak(e) : (RuntimeException) thrown;
                }
                return batch(index);
              },
              5,
              2)) {
        assertThat(ahead.next().inputs()).containsExactly(0);
        assertThatThrownBy(ahead::next).isSameAs(thrown);
      }
    }
  }

  private static RuntimeException sneak(Error error) {
    throw error;
  }

  @Test
  void closingWaitsForWhatIsAtWorkWithoutInterruptingItAndBeginsNothing() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    AtomicBoolean wasInterrupted = new AtomicBoolean();
    BatchesAhead ahead =
        new BatchesAhead(
            index -> {
              begun.countDown();
              try {
                released.await();
              } catch (InterruptedException e) {
                wasInterrupted.set(true);
              }
              return batch(index);
            },
            5,
            1);
    begun.await();
    Thread closing = new Thread(ahead::close);
    closing.start();
    closing.interrupt();
    closing.join(200);
    assertThat(closing.isAlive()).isTrue();
    released.countDown();
    closing.join();
    assertThat(made).containsExactly(0);
    assertThat(wasInterrupted).isFalse();
  }
}

package org.segmentser.flow;

import java.util.Iterator;
import java.util.function.Function;

/**
 * An iterator's items, each changed as it is asked for.
 *
 * @param <A> what goes in
 * @param <B> what comes out
 */
public final class Mapped<A, B> implements Iterator<B> {
  private final Iterator<A> items;
  private final Function<A, B> change;

  /** The items of {@code items} as {@code change} makes them. */
  public Mapped(Iterator<A> items, Function<A, B> change) {
    this.items = items;
    this.change = change;
  }

  @Override
  public boolean hasNext() {
    return items.hasNext();
  }

  @Override
  public B next() {
    return change.apply(items.next());
  }
}

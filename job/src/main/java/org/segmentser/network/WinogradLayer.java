package org.segmentser.network;

import java.util.Arrays;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/**
 * A convolution of 3 x 3 with bias, ReLU and, if asked for, a 2 x 2 maximum, by {@link Winograd}:
 * TensorFlow computes the products, as 36 products of matrices in one operation, this class what is
 * before and after them. For inference: TensorFlow knows no gradient of it. Thread-safe.
 *
 * <p>A row of a picture is held as four lines, one for each column of the tiles; a line has the
 * channels of the first tile, then those of the second, and so on. So all of a row's tiles and
 * channels are computed by the same loop.
 */
final class WinogradLayer implements InferenceLayer {
  /** Rows of each product, about: enough for full speed, few enough to stay in the cache. */
  private static final int ROWS_PER_PRODUCT = 192;

  private final Sizes sizes;
  private final Placeholder<TFloat32> inputs;
  private final Operand<TFloat32> products;
  private final float[] biases;

  /**
   * What a layer computes.
   *
   * @param height of its input, a multiple of {@value Winograd#TILE}
   * @param width likewise
   * @param in channels
   * @param out channels
   * @param pooled whether it ends in a maximum
   */
  record Sizes(int height, int width, int in, int out, boolean pooled) {
    Sizes {
      if (height % Winograd.TILE != 0 || width % Winograd.TILE != 0) {
        throw new IllegalArgumentException(height + " x " + width);
      }
    }

    /** The shape of the output of one picture. */
    Shape output() {
      int pooling = pooled ? 2 : 1;
      return Shape.of(height / pooling, width / pooling, out);
    }

    int tileRows() {
      return height / Winograd.TILE;
    }

    int tileColumns() {
      return width / Winograd.TILE;
    }

    int tiles() {
      return tileRows() * tileColumns();
    }
  }

  /**
   * Adds a layer to a graph and its weights to the session that runs it.
   *
   * @param name other than that of other layers of the graph
   * @param weights [3, 3, in, out]
   * @param biases [out]
   */
  WinogradLayer(
      Ops tf, Session session, String name, Sizes sizes, float[] weights, float[] biases) {
    this.sizes = sizes;
    this.biases = new float[sizes.tileColumns() * sizes.out];
    for (int tile = 0; tile < sizes.tileColumns(); tile++) {
      System.arraycopy(biases, 0, this.biases, tile * sizes.out, sizes.out);
    }
    Shape shape = Shape.of(Winograd.PRODUCTS, sizes.in, sizes.out);
    VarHandleOp variable =
        tf.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name + "/winograd"));
    Placeholder<TFloat32> value = tf.placeholder(TFloat32.class, Placeholder.shape(shape));
    Op assignment = tf.assignVariableOp(variable, value);
    try (TensorFeeds feeds = new TensorFeeds()) {
      TFloat32 transformed = feeds.of(shape, Winograd.weights(weights, sizes.in * sizes.out));
      session.runner().feed(value, transformed).addTarget(assignment).run().close();
    }
    inputs =
        tf.placeholder(
            TFloat32.class, Placeholder.shape(Shape.of(Winograd.PRODUCTS, -1, sizes.in)));
    products =
        tf.train.batchMatMul(inputs, tf.readVariableOp(variable, TFloat32.class), TFloat32.class);
  }

  @Override
  public Shape output(int patches) {
    return sizes.output().prepend(patches);
  }

  @Override
  public void run(Session session, TFloat32 in, TFloat32 out) {
    int patches = Math.toIntExact(in.shape().get(0));
    int atATime = Math.max(1, Math.min(patches, ROWS_PER_PRODUCT / sizes.tiles()));
    FloatDataBuffer from = in.asRawTensor().data().asFloats();
    FloatDataBuffer to = out.asRawTensor().data().asFloats();
    Lines lines = new Lines(sizes);
    for (int first = 0; first < patches; first += atATime) {
      int count = Math.min(atATime, patches - first);
      int start = first;
      int rows = count * sizes.tiles();
      try (TFloat32 tiles =
              TFloat32.tensorOf(
                  Shape.of(Winograd.PRODUCTS, rows, sizes.in),
                  tensor ->
                      transform(
                          from, start, count, tensor.asRawTensor().data().asFloats(), lines));
          Result result = session.runner().feed(inputs, tiles).fetch(products).run()) {
        FloatDataBuffer values = ((TFloat32) result.get(0)).asRawTensor().data().asFloats();
        collect(values, rows, to, first, count, lines);
      }
    }
  }

  /** Tiles of pictures, as the products take them. */
  private void transform(
      FloatDataBuffer from, int first, int count, FloatDataBuffer tiles, Lines lines) {
    int rowLength = sizes.width * sizes.in;
    int lineLength = sizes.tileColumns() * sizes.in;
    long rows = (long) count * sizes.tiles();
    for (int patch = 0; patch < count; patch++) {
      long picture = (long) (first + patch) * sizes.height * rowLength;
      for (int tileRow = 0; tileRow < sizes.tileRows(); tileRow++) {
        for (int i = 0; i < Winograd.WINDOW; i++) {
          int row = tileRow * Winograd.TILE + i - 1;
          if (tileRow > 0 && i < Winograd.WINDOW - Winograd.TILE) {
            lines.swap(i, i + Winograd.TILE);
          } else if (row < 0 || row >= sizes.height) {
            lines.clear(i);
          } else {
            from.offset(picture + (long) row * rowLength).read(lines.row, 0, rowLength);
            lines.split(i);
          }
        }
        lines.forward();
        long at = (long) (patch * sizes.tileRows() + tileRow) * lineLength;
        for (int i = 0; i < Winograd.WINDOW; i++) {
          float[][] transformed = lines.forward(i);
          for (int j = 0; j < Winograd.WINDOW; j++) {
            tiles
                .offset((i * Winograd.WINDOW + j) * rows * sizes.in + at)
                .write(transformed[j], 0, lineLength);
          }
        }
      }
    }
  }

  /** Pictures from products. */
  private void collect(
      FloatDataBuffer products, int rows, FloatDataBuffer to, int first, int count, Lines lines) {
    int lineLength = sizes.tileColumns() * sizes.out;
    int pooling = sizes.pooled ? 2 : 1;
    int rowLength = sizes.width / pooling * sizes.out;
    int height = sizes.height / pooling;
    int tileHeight = Winograd.TILE / pooling;
    for (int patch = 0; patch < count; patch++) {
      for (int tileRow = 0; tileRow < sizes.tileRows(); tileRow++) {
        long at = (long) (patch * sizes.tileRows() + tileRow) * lineLength;
        for (int j = 0; j < Winograd.WINDOW; j++) {
          for (int i = 0; i < Winograd.WINDOW; i++) {
            products
                .offset((long) (i * Winograd.WINDOW + j) * rows * sizes.out + at)
                .read(lines.products[i], 0, lineLength);
          }
          lines.inverse(j);
        }
        lines.inverse();
        for (int i = 0; i < tileHeight; i++) {
          lines.join(i, biases);
          long row = (long) (first + patch) * height + (long) tileRow * tileHeight + i;
          to.offset(row * rowLength).write(lines.outputRow, 0, rowLength);
        }
      }
    }
  }

  /** What a thread works on: a row of tiles. */
  private static final class Lines {
    private final Sizes sizes;
    private final int inLength;
    private final int outLength;
    private final float[] row;

    /** [row of the tile][column of the tile][tile and channel]. */
    private final float[][][] inputs;

    private final float[][][] columns;
    private final float[] left;
    private final float[] right;
    private final float[][] vertical = new float[Winograd.WINDOW][];
    private final float[][] verticalOut = new float[Winograd.WINDOW][];
    private final float[][] transformed;
    private final float[][] products;
    private final float[][][] rows;
    private final float[][][] outputs;
    private final float[] pooled;
    private final float[] outputRow;

    Lines(Sizes sizes) {
      this.sizes = sizes;
      inLength = sizes.tileColumns() * sizes.in;
      outLength = sizes.tileColumns() * sizes.out;
      row = new float[sizes.width * sizes.in];
      inputs = new float[Winograd.WINDOW][Winograd.TILE][inLength];
      columns = new float[Winograd.WINDOW][Winograd.TILE][inLength];
      left = new float[inLength];
      right = new float[inLength];
      transformed = new float[Winograd.WINDOW][inLength];
      products = new float[Winograd.WINDOW][outLength];
      rows = new float[Winograd.TILE][Winograd.WINDOW][outLength];
      outputs = new float[Winograd.TILE][Winograd.TILE][outLength];
      pooled = new float[outLength];
      outputRow = new float[sizes.width * sizes.out];
    }

    void swap(int i, int j) {
      float[][] lines = inputs[i];
      inputs[i] = inputs[j];
      inputs[j] = lines;
    }

    void clear(int i) {
      for (float[] line : inputs[i]) {
        Arrays.fill(line, 0);
      }
    }

    /** The row read last, as lines. */
    void split(int i) {
      for (int column = 0; column < sizes.width; column++) {
        System.arraycopy(
            row,
            column * sizes.in,
            inputs[i][column % Winograd.TILE],
            column / Winograd.TILE * sizes.in,
            sizes.in);
      }
    }

    /** The first axis, for all columns. */
    void forward() {
      for (int j = 0; j < Winograd.TILE; j++) {
        for (int i = 0; i < Winograd.WINDOW; i++) {
          vertical[i] = inputs[i][j];
          verticalOut[i] = columns[i][j];
        }
        Winograd.forward(vertical, verticalOut, inLength);
      }
    }

    /** The second axis, for a row that the first has left. */
    float[][] forward(int i) {
      float[][] of = columns[i];
      // A tile's first and last column are the last and the first of its neighbours.
      System.arraycopy(of[Winograd.TILE - 1], 0, left, sizes.in, inLength - sizes.in);
      System.arraycopy(of[0], sizes.in, right, 0, inLength - sizes.in);
      vertical[0] = left;
      System.arraycopy(of, 0, vertical, 1, Winograd.TILE);
      vertical[Winograd.WINDOW - 1] = right;
      Winograd.forward(vertical, transformed, inLength);
      return transformed;
    }

    /** The first axis, for a column of the products read last. */
    void inverse(int j) {
      float[][] out = new float[Winograd.TILE][];
      for (int i = 0; i < Winograd.TILE; i++) {
        out[i] = rows[i][j];
      }
      Winograd.inverse(products, out, outLength);
    }

    /** The second axis, for all rows. */
    void inverse() {
      for (int i = 0; i < Winograd.TILE; i++) {
        Winograd.inverse(rows[i], outputs[i], outLength);
      }
    }

    /** A row of the layer's output. */
    void join(int i, float[] biases) {
      if (sizes.pooled) {
        float[][] upper = outputs[2 * i];
        float[][] lower = outputs[2 * i + 1];
        for (int j = 0; j < 2; j++) {
          Winograd.pool(
              upper[2 * j],
              upper[2 * j + 1],
              lower[2 * j],
              lower[2 * j + 1],
              biases,
              pooled,
              outLength);
          join(pooled, 2, j);
        }
      } else {
        for (int j = 0; j < Winograd.TILE; j++) {
          Winograd.activate(outputs[i][j], biases, pooled, outLength);
          join(pooled, Winograd.TILE, j);
        }
      }
    }

    private void join(float[] line, int tileWidth, int column) {
      for (int tile = 0; tile < sizes.tileColumns(); tile++) {
        System.arraycopy(
            line, tile * sizes.out, outputRow, (tile * tileWidth + column) * sizes.out, sizes.out);
      }
    }
  }
}

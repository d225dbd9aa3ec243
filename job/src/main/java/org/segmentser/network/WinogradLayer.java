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
 * channels of the first tile, then those of the second, and so on, and then those of the next row
 * of tiles. So all of a row's tiles and channels are computed by the same loop.
 */
final class WinogradLayer implements InferenceLayer {
  /** Rows of each product, about: enough for full speed, few enough to stay in the cache. */
  private static final int ROWS_PER_PRODUCT = 192;

  /** Numbers of a line, about: loops over shorter ones spend their time on beginning and ending. */
  private static final int LINE = 512;

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
    int tiles = rowsPerLine(sizes.tileColumns() * sizes.out) * sizes.tileColumns();
    this.biases = new float[tiles * sizes.out];
    for (int tile = 0; tile < tiles; tile++) {
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
    int total = count * sizes.tileRows();
    long rows = (long) count * sizes.tiles();
    for (int start = 0; start < total; start += lines.inRows) {
      int tileRows = Math.min(lines.inRows, total - start);
      for (int k = 0; k < tileRows; k++) {
        int tileRow = (start + k) % sizes.tileRows();
        long picture = (long) (first + (start + k) / sizes.tileRows()) * sizes.height * rowLength;
        for (int i = 0; i < Winograd.WINDOW; i++) {
          int row = tileRow * Winograd.TILE + i - 1;
          if (tileRow > 0 && i < Winograd.WINDOW - Winograd.TILE) {
            lines.repeat(i, k);
          } else if (row < 0 || row >= sizes.height) {
            lines.clear(i, k);
          } else {
            from.offset(picture + (long) row * rowLength).read(lines.row, 0, rowLength);
            lines.split(i, k);
          }
        }
      }
      int length = tileRows * lines.inLength;
      lines.forward(length);
      for (int i = 0; i < Winograd.WINDOW; i++) {
        float[][] transformed = lines.forward(i, tileRows);
        for (int j = 0; j < Winograd.WINDOW; j++) {
          tiles
              .offset((i * Winograd.WINDOW + j) * rows * sizes.in + (long) start * lines.inLength)
              .write(transformed[j], 0, length);
        }
      }
    }
  }

  /** Pictures from products. */
  private void collect(
      FloatDataBuffer products, int rows, FloatDataBuffer to, int first, int count, Lines lines) {
    int total = count * sizes.tileRows();
    int tileHeight = sizes.pooled ? Winograd.TILE / 2 : Winograd.TILE;
    for (int start = 0; start < total; start += lines.outRows) {
      int tileRows = Math.min(lines.outRows, total - start);
      int length = tileRows * lines.outLength;
      for (int j = 0; j < Winograd.WINDOW; j++) {
        for (int i = 0; i < Winograd.WINDOW; i++) {
          products
              .offset(
                  (long) (i * Winograd.WINDOW + j) * rows * sizes.out
                      + (long) start * lines.outLength)
              .read(lines.products[i], 0, length);
        }
        lines.inverse(j, length);
      }
      lines.inverse(length);
      for (int i = 0; i < tileHeight; i++) {
        lines.join(i, biases, tileRows);
        for (int k = 0; k < tileRows; k++) {
          long row = ((long) first * sizes.tileRows() + start + k) * tileHeight + i;
          to.offset(row * lines.outRowLength)
              .write(lines.outputRows, k * lines.outRowLength, lines.outRowLength);
        }
      }
    }
  }

  /** How many rows of tiles lines have, so that they are long enough for the loops. */
  private static int rowsPerLine(int rowLength) {
    return Math.max(1, LINE / rowLength);
  }

  /** What a thread works on: some rows of tiles. */
  private static final class Lines {
    private final Sizes sizes;

    /** Of one row of tiles. */
    private final int inLength;

    private final int outLength;
    private final int outRowLength;
    private final int inRows;
    private final int outRows;
    private final float[] row;

    /** [row of the tile][column of the tile][row of tiles, tile and channel]. */
    private final float[][][] inputs;

    private final float[][][] columns;
    private final float[] left;
    private final float[] right;
    private final float[][] vertical = new float[Winograd.WINDOW][];
    private final float[][] verticalOut = new float[Winograd.WINDOW][];
    private final float[][] transformed;
    private final float[][] products;
    private final float[][] column = new float[Winograd.TILE][];
    private final float[][][] rows;
    private final float[][][] outputs;
    private final float[] pooled;
    private final float[] outputRows;

    Lines(Sizes sizes) {
      this.sizes = sizes;
      inLength = sizes.tileColumns() * sizes.in;
      outLength = sizes.tileColumns() * sizes.out;
      outRowLength = sizes.width / (sizes.pooled ? 2 : 1) * sizes.out;
      inRows = rowsPerLine(inLength);
      outRows = rowsPerLine(outLength);
      row = new float[sizes.width * sizes.in];
      inputs = new float[Winograd.WINDOW][Winograd.TILE][inRows * inLength];
      columns = new float[Winograd.WINDOW][Winograd.TILE][inRows * inLength];
      left = new float[inRows * inLength];
      right = new float[inRows * inLength];
      transformed = new float[Winograd.WINDOW][inRows * inLength];
      products = new float[Winograd.WINDOW][outRows * outLength];
      rows = new float[Winograd.TILE][Winograd.WINDOW][outRows * outLength];
      outputs = new float[Winograd.TILE][Winograd.TILE][outRows * outLength];
      pooled = new float[outRows * outLength];
      outputRows = new float[outRows * outRowLength];
    }

    /**
     * The first rows of a tile are the last of the tile above, which is in these lines or, for the
     * first of them, where the last were.
     */
    void repeat(int i, int k) {
      int above = (k == 0 ? inRows : k) - 1;
      for (int j = 0; j < Winograd.TILE; j++) {
        System.arraycopy(
            inputs[i + Winograd.TILE][j], above * inLength, inputs[i][j], k * inLength, inLength);
      }
    }

    void clear(int i, int k) {
      for (float[] line : inputs[i]) {
        Arrays.fill(line, k * inLength, (k + 1) * inLength, 0);
      }
    }

    /** The row read last, as lines. */
    void split(int i, int k) {
      for (int column = 0; column < sizes.width; column++) {
        System.arraycopy(
            row,
            column * sizes.in,
            inputs[i][column % Winograd.TILE],
            k * inLength + column / Winograd.TILE * sizes.in,
            sizes.in);
      }
    }

    /** The first axis, for all columns. */
    void forward(int length) {
      for (int j = 0; j < Winograd.TILE; j++) {
        for (int i = 0; i < Winograd.WINDOW; i++) {
          vertical[i] = inputs[i][j];
          verticalOut[i] = columns[i][j];
        }
        Winograd.forward(vertical, verticalOut, length);
      }
    }

    /** The second axis, for a row that the first has left. */
    float[][] forward(int i, int tileRows) {
      float[][] of = columns[i];
      int length = tileRows * inLength;
      // A tile's first and last column are the last and the first of its neighbours.
      System.arraycopy(of[Winograd.TILE - 1], 0, left, sizes.in, length - sizes.in);
      System.arraycopy(of[0], sizes.in, right, 0, length - sizes.in);
      for (int start = 0; start < length; start += inLength) {
        Arrays.fill(left, start, start + sizes.in, 0);
        Arrays.fill(right, start + inLength - sizes.in, start + inLength, 0);
      }
      vertical[0] = left;
      System.arraycopy(of, 0, vertical, 1, Winograd.TILE);
      vertical[Winograd.WINDOW - 1] = right;
      Winograd.forward(vertical, transformed, length);
      return transformed;
    }

    /** The first axis, for a column of the products read last. */
    void inverse(int j, int length) {
      for (int i = 0; i < Winograd.TILE; i++) {
        column[i] = rows[i][j];
      }
      Winograd.inverse(products, column, length);
    }

    /** The second axis, for all rows. */
    void inverse(int length) {
      for (int i = 0; i < Winograd.TILE; i++) {
        Winograd.inverse(rows[i], outputs[i], length);
      }
    }

    /** A row of the layer's output for each row of tiles. */
    void join(int i, float[] biases, int tileRows) {
      int length = tileRows * outLength;
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
              length);
          join(2, j, tileRows);
        }
      } else {
        for (int j = 0; j < Winograd.TILE; j++) {
          Winograd.activate(outputs[i][j], biases, pooled, length);
          join(Winograd.TILE, j, tileRows);
        }
      }
    }

    private void join(int tileWidth, int column, int tileRows) {
      // Rows of tiles follow each other as tiles do, and so do their outputs.
      for (int tile = 0; tile < tileRows * sizes.tileColumns(); tile++) {
        System.arraycopy(
            pooled,
            tile * sizes.out,
            outputRows,
            (tile * tileWidth + column) * sizes.out,
            sizes.out);
      }
    }
  }
}

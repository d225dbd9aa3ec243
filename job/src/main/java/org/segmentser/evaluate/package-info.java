/** How good a model is on labelled clips. Classes named Job or Task are Spark's side of it. */
package org.segmentser.evaluate;

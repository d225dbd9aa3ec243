/** Learning a model from labelled clips. Classes named Job or Task are Spark's side of it. */
package org.segmentser.train;

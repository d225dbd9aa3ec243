/** Spark's side of segmenting: the SQL function, and the plan of chunks it is called on. */
package org.segmentser.udf;

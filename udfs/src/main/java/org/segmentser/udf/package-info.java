/**
 * Spark's side of segmenting: the SQL function over audio, the rows that it takes and gives, and
 * the bytes of files on Hadoop's file systems.
 */
package org.segmentser.udf;

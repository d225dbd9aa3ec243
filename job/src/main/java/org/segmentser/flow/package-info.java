/** The way that all jobs share: located clips to rows of segments, and the model to executors. */
package org.segmentser.flow;

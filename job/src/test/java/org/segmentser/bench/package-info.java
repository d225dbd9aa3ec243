/** Benchmarks: what they compare, and the commands, are in docs/performance.md. */
package org.segmentser.bench;

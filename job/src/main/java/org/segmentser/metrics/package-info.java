/** Figures of predictions: decisions, confusion, accuracies, intervals, calibration. Plain Java. */
package org.segmentser.metrics;

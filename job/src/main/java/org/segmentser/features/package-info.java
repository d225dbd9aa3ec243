/** Features of labelled clips: made once, kept, and brought to the driver. */
package org.segmentser.features;

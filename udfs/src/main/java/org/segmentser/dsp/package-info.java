/** VGGish's front end: short-time Fourier transform, mel bands, logarithm. Plain Java. */
package org.segmentser.dsp;

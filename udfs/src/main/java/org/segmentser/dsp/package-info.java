/**
 * VGGish's front end (short-time Fourier transform, mel bands, logarithm), and what a recording's
 * spectrum tells of its way here. Plain Java.
 */
package org.segmentser.dsp;

/** From encoded bytes to 16 kHz mono samples, in-process with FFmpeg's libraries. Plain Java. */
package org.segmentser.audio;

/** Where a voice is active: Silero's detector, and stretches of speech. Plain Java. */
package org.segmentser.speech;

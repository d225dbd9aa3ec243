/**
 * How a clip is cut: modes, segments and their patches, and what became of the clip. Plain Java.
 */
package org.segmentser.segment;

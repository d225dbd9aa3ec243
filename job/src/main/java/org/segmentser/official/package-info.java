/** The published VGGish: fetched, made into a model, and verified. */
package org.segmentser.official;

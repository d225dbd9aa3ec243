/** The published VGGish: fetched, made a model of, and verified. */
package org.segmentser.official;

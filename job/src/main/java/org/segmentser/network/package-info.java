/** The VGGish family in TensorFlow: graph, checkpoints, loaded models, training step, import. */
package org.segmentser.network;

/** The main job: audio to tables of segments, clips and embeddings. */
package org.segmentser.score;

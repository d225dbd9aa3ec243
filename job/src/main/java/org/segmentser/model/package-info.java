/** VGGish, the emotion head and their weights, in TensorFlow Java. Plain Java, no Spark. */
package org.segmentser.model;

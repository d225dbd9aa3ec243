/**
 * What a model is: its description, family, directory and files; what it is asked and what it
 * answers. Plain Java, without Spark and TensorFlow.
 */
package org.segmentser.model;

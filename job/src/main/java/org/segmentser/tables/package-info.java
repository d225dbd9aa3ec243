/** The tables of an output: their schemas, how a run writes them whole, and their views. */
package org.segmentser.tables;

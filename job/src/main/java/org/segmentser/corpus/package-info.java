/**
 * What to read: the clips of directories, globs, manifests and labelled corpora, and how they are
 * dealt out.
 */
package org.segmentser.corpus;

/** What to read: the clips of directories, globs and manifests, and how they are dealt out. */
package org.segmentser.corpus;

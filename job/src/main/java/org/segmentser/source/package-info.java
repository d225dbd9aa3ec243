/** Where clips come from: files and manifests. */
package org.segmentser.source;

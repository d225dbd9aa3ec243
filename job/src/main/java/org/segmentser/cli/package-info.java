/** The commands. Only {@link org.segmentser.cli.Main} ends the process. */
package org.segmentser.cli;

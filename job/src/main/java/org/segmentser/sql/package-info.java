/** The {@code sql} command: statements, their results as text, and the prompt. */
package org.segmentser.sql;

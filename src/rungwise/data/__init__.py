"""From a file to sealed parts: readers, columns, quarantine, copies, split."""

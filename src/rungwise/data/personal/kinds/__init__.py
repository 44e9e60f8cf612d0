"""What is looked for, one kind a file: the file's name is the kind's, `KIND` says how."""

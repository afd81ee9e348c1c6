# What the code generation skill itself says.
code-what = What shall I write? Describe the code, and its language unless it is Python.
code-mending = mending a syntax error
code-none = The model wrote no code for this. Try to describe it in other words.
code-broken = ⚠️ This does not parse ({ $problem }), and the model could not mend it.

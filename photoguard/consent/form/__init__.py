"""The printable consent form: what the gate asks for, on paper, in the patient's language."""

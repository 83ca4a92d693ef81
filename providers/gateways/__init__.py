"""The gateways this desk can use. One module each; a fifth is one module and one line here."""

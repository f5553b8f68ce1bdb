select since from ops.bar_publication

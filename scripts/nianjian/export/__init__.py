"""Out again: panel, samples and estimates as files of Stata, Excel, text and R, each variable with its codebook entry."""

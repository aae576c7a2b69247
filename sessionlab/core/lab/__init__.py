"""The lab, which combines all the parts, and its layout."""

"""One marker at a time beside everything else, for arrays alone.

With P = V⁻¹ − V⁻¹X (XᵀV⁻¹X)⁻¹XᵀV⁻¹ of the null model, a marker g explains (gᵀPy)² / gᵀPg of
yᵀPy, and its effect is gᵀPy / gᵀPg; a marker of several columns has a matrix GᵀPG.
"""

"""The programs that are compared: a module for each, all with the same names.

`NAME`
    As the table and the figure call it.
`VERSION`
    Of what is installed.
`QUESTION`
    Which estimates it gives, so that ours of the same kind are compared with them; None if it
    gives none.
`fit(K, y)`
    The work that is timed: kinship in, `Answer` out, with an intercept and no other fixed effect.
`TOLERANCE`
    Only where its digits are few: how far its answer may be from ours.
`prepare(K, y)`
    Only where fit takes something else, such as files: its arguments, made before the time counts.

Each is called as its documentation shows it. pylmm3 and fastlmm take part a second time, with an
eigendecomposition by LAPACK's fastest driver, which is not the one that they call. A module whose
program is not installed cannot be imported.
"""

MODULES = (
    "sklmm_fit",
    "pylmm3_fit",
    "pylmm3_evd",
    "fastlmm_fit",
    "fastlmm_evd",
    "glimix_core_fit",
    "genoselect_fit",
    "gemma_cli",
    "gaussian_process",
    "kernel_ridge",
    "eigh",
)

"""What a column of a study is: its role, what it is computed from, and where it comes from."""

from __future__ import annotations

from nianjian.declarations.models.chain import Chain

FILLED = "__filled"
KEY = ("city", "year")


def column_facts(column: str, chain: Chain) -> dict[str, str]:
    """Role, formula, items and source of a column."""
    if column.endswith(FILLED):
        return {"role": "flag"}
    if formula := chain.formula(column):
        facts = {"role": "variable", "formula": formula.expr, "items": " ".join(formula.items)}
        heads = chain.own.heads() if chain.own is not None else {}
        read = ", ".join(heads[name] for name in formula.items if name in heads)
        source = {"source": f"{chain.own.file}, column {read}"} if chain.own is not None and read else {}
        return {**facts, **source, "note": formula.note or ""}
    if policy := chain.policies.get(column):
        coding = f"coding {policy.coding}, starts {policy.starts}"
        role = "treatment" if column == chain.treatment else "policy"
        return {"role": role, "source": policy.file, "formula": coding, "note": policy.note or ""}
    if attribute := chain.attributes.get(column):
        return {"role": "attribute", "source": f"{attribute.file}, column {attribute.column}"}
    if index := chain.index_of(column):
        return {"role": "index", "formula": f"index {index}, {chain.indices[index].kind}"}
    if chain.own is not None and (head := chain.own.heads().get(column)):
        return {"role": "description", "source": f"{chain.own.file}, column {head}"}
    return {"role": "key" if column in KEY else "description"}

"""Golden values by esda 2.9.0 and libpysal 4.14.1 (in an environment of their own): python expected_esda.py"""

import warnings
from pathlib import Path

import esda
import pandas as pd
from libpysal.weights import W

HERE = Path(__file__).parent

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    panel, links = pd.read_csv(HERE / "panel.csv"), pd.read_csv(HERE / "weights.csv")
    cities = sorted(panel["city"].unique())
    rows = []
    for name, part in links[links["weight"] > 0].groupby("name", sort=False):
        by_city = {city: part[part["city"] == city] for city in cities}
        neighbours = {city: found["neighbour"].tolist() for city, found in by_city.items()}
        weights = {city: found["weight"].tolist() for city, found in by_city.items()}
        for year, values in panel.groupby("year"):
            x = values.set_index("city")["value"].reindex(cities).to_numpy()
            made = W(neighbours, weights, id_order=cities, silence_warnings=True)
            moran = esda.Moran(x, made, transformation="O", permutations=0)
            geary = esda.Geary(x, made, transformation="O", permutations=0)
            local = esda.Moran_Local(x, made, transformation="O", permutations=0, n_jobs=1)
            numbers = {
                "moran": moran.I,
                "moran_variance_randomisation": moran.VI_rand,
                "moran_variance_normality": moran.VI_norm,
                "moran_z": moran.z_rand,
                "geary": geary.C,
                "geary_variance_randomisation": geary.VC_rand,
                "geary_variance_normality": geary.VC_norm,
                "geary_z": geary.z_rand,
                "local_sum": local.Is.sum(),
                "local_first": local.Is[0],
            }
            rows.append({"weights": name, "year": year, **numbers})
    pd.DataFrame(rows).to_csv(HERE / "expected_esda.csv", index=False, float_format="%.17g")

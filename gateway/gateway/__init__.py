"""The one HTTP door of Decalog. It knows no rule of the counters: its routes come from the services' manifests."""

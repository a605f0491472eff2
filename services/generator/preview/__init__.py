"""The preview engine: the reference photo restaged as a portrait. It draws nothing that was not photographed, except
what is put behind the person, and everything it makes is labelled `preview`. No networks, no torch.
"""

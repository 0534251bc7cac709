# %% [markdown] en
# # 1 Tensors
# %% [markdown] ja
# # 1 テンソル
# %%
import matplotlib.pyplot as plt

plt.plot([0, 1])
plt.title("漢字")
plt.xlabel("x")
plt.ylabel("y −1")
plt.show()

def plot(df):
    raise NotImplementedError

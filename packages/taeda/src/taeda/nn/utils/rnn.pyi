from taeda_nn.utils.rnn import *
